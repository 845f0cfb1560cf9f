-- AlterTable
ALTER TABLE "RenderJob" ADD COLUMN     "forecastAt" TIMESTAMPTZ(3),
ADD COLUMN     "forecastP50At" TIMESTAMPTZ(3),
ADD COLUMN     "forecastP90At" TIMESTAMPTZ(3),
ADD COLUMN     "simulatedP50At" TIMESTAMPTZ(3),
ADD COLUMN     "simulatedP90At" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "RenderJob_state_finishedAt_idx" ON "RenderJob"("state", "finishedAt" DESC);
