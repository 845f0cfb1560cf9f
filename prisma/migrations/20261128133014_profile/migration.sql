-- AlterTable
ALTER TABLE "User" ADD COLUMN     "locale" TEXT,
ADD COLUMN     "theme" TEXT,
ADD COLUMN     "zone" TEXT;
