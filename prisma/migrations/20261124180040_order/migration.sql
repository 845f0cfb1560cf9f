-- AlterEnum
ALTER TYPE "QueuePolicy" ADD VALUE 'fair';

-- AlterTable
ALTER TABLE "User" ADD COLUMN     "weight" DOUBLE PRECISION NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "RenderJob" ADD COLUMN     "bandSince" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "costSeconds" DOUBLE PRECISION NOT NULL DEFAULT 30,
ADD COLUMN     "pinned" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "renderSeconds" DOUBLE PRECISION,
ADD COLUMN     "startTag" DOUBLE PRECISION;

-- AlterTable
ALTER TABLE "QueueControl" ADD COLUMN     "agingMinutes" INTEGER DEFAULT 240;

-- CreateTable
CREATE TABLE "BandClock" (
    "band" "Band" NOT NULL,
    "virtualTime" DOUBLE PRECISION NOT NULL DEFAULT 0,

    CONSTRAINT "BandClock_pkey" PRIMARY KEY ("band")
);

-- CreateTable
CREATE TABLE "UserClock" (
    "userId" UUID NOT NULL,
    "band" "Band" NOT NULL,
    "finish" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "UserClock_pkey" PRIMARY KEY ("userId","band")
);

-- AddForeignKey
ALTER TABLE "UserClock" ADD CONSTRAINT "UserClock_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Tickets of policy fifo leave room between two, so that a job can be put there: see core/queue/spacing.ts.
ALTER SEQUENCE "render_ticket" INCREMENT 64;
-- A move to the front now takes its ticket from the head of the line.
DROP SEQUENCE "render_front_ticket";

-- No two waiting jobs share a place. Checked at the end of each statement, so that one may shift many.
ALTER TABLE "RenderJob" ADD CONSTRAINT "RenderJob_one_per_place"
  EXCLUDE USING btree ("priority" WITH =) WHERE ("state" = 'queued') DEFERRABLE INITIALLY IMMEDIATE;

-- Whose turn comes at which virtual time, and who has waited in one band for long.
CREATE INDEX "RenderJob_waiting_tag_idx" ON "RenderJob"("band", "startTag", "priority" DESC)
  WHERE "state" = 'queued' AND "startTag" IS NOT NULL;
CREATE INDEX "RenderJob_waiting_since_idx" ON "RenderJob"("bandSince")
  WHERE "state" = 'queued' AND "band" <> 'urgent';

INSERT INTO "BandClock" ("band") VALUES ('urgent'), ('high'), ('normal'), ('low');
