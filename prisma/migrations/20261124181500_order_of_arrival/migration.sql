-- The order of arrival in a band: where a job goes under policy fifo when it comes into another one.
CREATE INDEX "RenderJob_waiting_arrival_idx" ON "RenderJob"("band", "queuedAt", "batchId", "ordinal")
  WHERE "state" = 'queued' AND NOT "pinned";
