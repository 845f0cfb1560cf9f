import { readBody } from '#app/_http/body'
import { missingFile } from '#app/_http/missing-file'
import { problem } from '#app/_http/problem'
import { refused } from '#app/_http/refused'
import { forbidden, userRoute } from '#app/_http/route'
import { findBatch } from '#core/batch/data'
import { createBatch } from '#core/batch/mutations'
import { batchRequest } from '#core/batch/schema'
import { assertNever } from '#core/errors'
import { mayChoose } from '#core/queue/ordering'

export const POST = userRoute(async ({ request, viewer }) => {
  const asked = await readBody(request, batchRequest)
  if (asked.band && !mayChoose(viewer.role, asked.band)) return forbidden('operator')
  const result = await createBatch(viewer.id, asked)
  switch (result.outcome) {
    case 'created':
      return created(result.batch.id, viewer)
    case 'speech_not_found':
    case 'presenter_not_found':
      return missingFile(result)
    case 'owner_disabled':
      return problem(403, 'owner_disabled', 'Your account is disabled.')
    case 'refused':
      return refused(result.refusal)
    default:
      return assertNever(result)
  }
})

async function created(id: string, viewer: Parameters<typeof findBatch>[1]): Promise<Response> {
  const batch = await findBatch(id, viewer)
  const jobs = batch?.jobs.map(({ id, ordinal, presenter, state, position }) => ({
    id,
    ordinal,
    presenterId: presenter.id,
    state,
    position,
  }))
  return Response.json({ id, name: batch?.name, jobs }, { status: 201 })
}
