-- AlterEnum
ALTER TYPE "Role" ADD VALUE 'operator';

-- AlterTable
ALTER TABLE "Invitation" ADD COLUMN     "email" TEXT,
ADD COLUMN     "name" TEXT;
