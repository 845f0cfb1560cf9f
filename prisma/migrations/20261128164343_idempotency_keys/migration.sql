-- CreateTable
CREATE TABLE "IdempotencyKey" (
    "sender" TEXT NOT NULL,
    "keyHash" TEXT NOT NULL,
    "requestHash" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "answer" BYTEA,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("sender","keyHash")
);

-- CreateIndex
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");

-- Names of before lose line ends, and what can't be seen and turns the writing around.
UPDATE "User" SET "name" = coalesce(nullif(btrim(regexp_replace(regexp_replace("name", '[\u0001-\u001F\u007F-\u009F\u2028\u2029]+', ' ', 'g'), '[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]', '', 'g')), ''), 'untitled')
WHERE "name" ~ '[\u0001-\u001F\u007F-\u009F\u2028\u2029\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]';
UPDATE "Batch" SET "name" = coalesce(nullif(btrim(regexp_replace(regexp_replace("name", '[\u0001-\u001F\u007F-\u009F\u2028\u2029]+', ' ', 'g'), '[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]', '', 'g')), ''), 'untitled')
WHERE "name" ~ '[\u0001-\u001F\u007F-\u009F\u2028\u2029\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF]';
