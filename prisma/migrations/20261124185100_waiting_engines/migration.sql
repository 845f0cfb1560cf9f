-- Which engines waiting jobs ask for: see core/queue/engines.ts.
CREATE INDEX "RenderJob_waiting_engine_idx" ON "RenderJob"("engine") WHERE "state" = 'queued';
