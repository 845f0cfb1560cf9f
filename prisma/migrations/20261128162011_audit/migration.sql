-- DropIndex
DROP INDEX "AuditEntry_at_idx";

-- AlterTable
ALTER TABLE "AuditEntry" ADD COLUMN     "actorName" TEXT,
ADD COLUMN     "actorRole" "Role",
ADD COLUMN     "address" TEXT,
ADD COLUMN     "browser" TEXT,
ADD COLUMN     "from" JSONB,
ADD COLUMN     "ownerId" UUID,
ADD COLUMN     "ownerName" TEXT,
ADD COLUMN     "reason" TEXT,
ADD COLUMN     "subjectName" TEXT,
ADD COLUMN     "to" JSONB;

-- What stood in one column has one of its own now, and names are written down.
UPDATE "AuditEntry" AS entry SET
  "from" = CASE jsonb_typeof(data -> 'from')
    WHEN 'object' THEN data -> 'from' || jsonb_strip_nulls(jsonb_build_object('position', data -> 'fromPosition'))
    WHEN 'string' THEN jsonb_build_object('role', data -> 'from')
    WHEN 'number' THEN jsonb_build_object('weight', data -> 'from') END,
  "to" = CASE jsonb_typeof(data -> 'to')
    WHEN 'object' THEN data -> 'to' || jsonb_strip_nulls(jsonb_build_object('position', data -> 'toPosition'))
    WHEN 'string' THEN jsonb_build_object('role', data -> 'to')
    WHEN 'number' THEN jsonb_build_object('weight', data -> 'to')
    ELSE nullif(data - ARRAY['from', 'to', 'reason', 'address', 'fromPosition', 'toPosition'], '{}') END,
  reason = data ->> 'reason',
  address = data ->> 'address',
  subject = CASE WHEN action IN ('user.invite', 'user.withdraw') THEN 'invitation' ELSE subject END,
  "actorName" = (SELECT name FROM "User" WHERE id = entry."actorId"),
  "actorRole" = (SELECT role FROM "User" WHERE id = entry."actorId"),
  "subjectName" = CASE subject
    WHEN 'job' THEN (
      SELECT asset.name FROM "RenderJob" job JOIN "Asset" asset ON asset.id = job."presenterId"
      WHERE job.id::text = entry."subjectId")
    WHEN 'batch' THEN (SELECT name FROM "Batch" WHERE id::text = entry."subjectId")
    WHEN 'user' THEN coalesce(data ->> 'name', (SELECT name FROM "User" WHERE id::text = entry."subjectId")) END,
  "ownerId" = CASE subject
    WHEN 'job' THEN (SELECT "ownerId" FROM "RenderJob" WHERE id::text = entry."subjectId")
    WHEN 'batch' THEN (SELECT "ownerId" FROM "Batch" WHERE id::text = entry."subjectId")
    WHEN 'user' THEN CASE WHEN action NOT IN ('user.invite', 'user.withdraw') THEN "subjectId"::uuid END END;
UPDATE "AuditEntry" AS entry SET "ownerName" = (SELECT name FROM "User" WHERE id = entry."ownerId");
ALTER TABLE "AuditEntry" DROP COLUMN data;

-- CreateIndex
CREATE INDEX "AuditEntry_at_id_idx" ON "AuditEntry"("at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "AuditEntry_actorId_at_id_idx" ON "AuditEntry"("actorId", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "AuditEntry_action_at_id_idx" ON "AuditEntry"("action", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "AuditEntry_subject_at_id_idx" ON "AuditEntry"("subject", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "AuditEntry_subjectId_at_id_idx" ON "AuditEntry"("subjectId", "at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "AuditEntry_ownerId_at_id_idx" ON "AuditEntry"("ownerId", "at" DESC, "id" DESC);

-- The words of an entry. A Han character is one by itself, as Chinese has no spaces. All that is neither letter
-- nor digit in ASCII separates words.
CREATE FUNCTION audit_words(VARIADIC texts TEXT[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT to_tsvector('simple'::regconfig,
    regexp_replace(
      regexp_replace(array_to_string(texts, ' '), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+', ' ', 'g'),
      '([\u3400-\u9fff])', ' \1 ', 'g'))
$$;
ALTER TABLE "AuditEntry" ADD COLUMN words tsvector
  GENERATED ALWAYS AS (audit_words("actorName", "subjectName", "ownerName", address, reason)) STORED;
CREATE INDEX "AuditEntry_words_idx" ON "AuditEntry" USING gin (words);

-- Nobody changes an entry or takes one away but `remove_old_audit`, and that takes nothing of the last 90 days.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('greenroom.audit_retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'Audit entries stay as they are.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "AuditEntry_append_only" BEFORE UPDATE OR DELETE ON "AuditEntry"
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

-- Runs as whoever owns the table, so that the portal's own role needs no right to delete.
CREATE FUNCTION remove_old_audit(before TIMESTAMPTZ) RETURNS BIGINT LANGUAGE plpgsql SECURITY DEFINER
  SET search_path FROM CURRENT SET greenroom.audit_retention = 'on' AS $$
DECLARE
  removed BIGINT;
BEGIN
  IF before > now() - INTERVAL '90 days' THEN
    RAISE EXCEPTION 'Audit entries of the last 90 days stay.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM "AuditEntry" WHERE at < before;
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
