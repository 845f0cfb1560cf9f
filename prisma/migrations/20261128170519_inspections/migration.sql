-- CreateEnum
CREATE TYPE "AssetState" AS ENUM ('inspecting', 'ready', 'ready_with_warnings');

-- AlterTable
ALTER TABLE "Asset" ADD COLUMN     "findings" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "previewKey" TEXT,
ADD COLUMN     "spriteKey" TEXT,
ADD COLUMN     "state" "AssetState" NOT NULL DEFAULT 'ready';
