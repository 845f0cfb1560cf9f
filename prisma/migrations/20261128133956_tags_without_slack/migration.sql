-- AlterTable
ALTER TABLE "UserClock" DROP COLUMN "owed",
DROP COLUMN "slack";

-- The tags of all that a person has waiting change together. Without an index on them, and with room on the page for
-- each row's next version, that writes no index at all and takes a tenth of the time.
DROP INDEX "RenderJob_waiting_tag_idx";
ALTER TABLE "RenderJob" SET (fillfactor = 50);
