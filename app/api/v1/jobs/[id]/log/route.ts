import { z } from 'zod'
import { noteLook } from '#app/_auth/look'
import { readQuery } from '#app/_http/body'
import { notFound } from '#app/_http/problem'
import { userRoute } from '#app/_http/route'
import { readJobLog } from '#core/render-job/data'
import { namesOf } from '#core/viewer/names'

const query = z.object({
  after: z
    .string()
    .regex(/^\d{1,18}$/)
    .transform(BigInt)
    .optional(),
})

/** A job's log, oldest line first; `after` is the id of the last line that is known. */
export const GET = userRoute<{ id: string }>(async ({ request, params, viewer }) => {
  const lines = await readJobLog(params.id, viewer, readQuery(request, query).after)
  if (!lines) return notFound()
  await noteLook(viewer, 'job.view', params.id)
  const names = await namesOf(lines.map((line) => line.actorId))
  return Response.json({
    lines: lines.map(({ id, at, kind, data, actorId }) => ({
      id: String(id),
      at: at.toISOString(),
      kind,
      data,
      actorName: actorId ? names.get(actorId) : undefined,
    })),
  })
})
