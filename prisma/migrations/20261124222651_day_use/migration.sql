-- CreateTable
CREATE TABLE "DayUse" (
    "userId" UUID NOT NULL,
    "day" DATE NOT NULL,
    "gpuSeconds" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "DayUse_pkey" PRIMARY KEY ("userId","day")
);

-- AddForeignKey
ALTER TABLE "DayUse" ADD CONSTRAINT "DayUse_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What the jobs' own rows say of today, so that the limits hold also on the day of the upgrade.
INSERT INTO "DayUse" ("userId", "day", "gpuSeconds")
SELECT job."ownerId", (now() AT TIME ZONE 'UTC')::date,
  sum(least(job."renderSeconds", extract(epoch FROM now() - today.midnight)))
FROM "RenderJob" AS job,
  (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS midnight) AS today
WHERE job."renderSeconds" > 0 AND (job."state" IN ('queued', 'running') OR job."finishedAt" >= today.midnight)
GROUP BY job."ownerId";
