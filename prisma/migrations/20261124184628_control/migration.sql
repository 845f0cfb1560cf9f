-- AlterTable
ALTER TABLE "Batch" ADD COLUMN     "options" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "pausedAt" TIMESTAMPTZ(3),
ADD COLUMN     "pausedById" UUID;

-- AlterTable
ALTER TABLE "RenderJob" ADD COLUMN     "engine" TEXT NOT NULL DEFAULT 'mouth';

-- AlterTable
ALTER TABLE "Worker" ADD COLUMN     "drainingAt" TIMESTAMPTZ(3),
ADD COLUMN     "engines" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "rssBytes" BIGINT,
ADD COLUMN     "stopRequestedAt" TIMESTAMPTZ(3),
ADD COLUMN     "version" TEXT;

-- AlterTable
ALTER TABLE "QueueControl" ADD COLUMN     "limits" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "preemption" BOOLEAN NOT NULL DEFAULT false;
