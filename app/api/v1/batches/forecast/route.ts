import { readBody } from '#app/_http/body'
import { problem } from '#app/_http/problem'
import { adminsOnly, userRoute } from '#app/_http/route'
import { draftForecastJson } from '#app/_serial/forecast'
import { batchDraft } from '#core/batch/schema'
import { assertNever } from '#core/errors'
import { forecastDraft } from '#core/forecast/draft'
import { mayChoose } from '#core/queue/ordering'

/** What a batch would cost, when it would be done, and whom it would delay. Nothing is sent. */
export const POST = userRoute(async ({ request, viewer }) => {
  const draft = await readBody(request, batchDraft)
  if (draft.band && !mayChoose(viewer.role, draft.band)) return adminsOnly()
  const result = await forecastDraft(viewer.id, draft)
  switch (result.outcome) {
    case 'forecast':
      return Response.json(draftForecastJson(result.forecast, viewer))
    case 'speech_not_found':
      return problem(404, 'speech_not_found', 'There is no such speech; upload it again.')
    case 'presenter_not_found': {
      const { presenterId } = result
      return problem(404, 'presenter_not_found', 'There is no such presenter video; upload it again.', {
        presenterId,
      })
    }
    default:
      return assertNever(result)
  }
})
