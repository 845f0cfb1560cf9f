import { readBody } from '#app/_http/body'
import { missingFile } from '#app/_http/missing-file'
import { forbidden, userRoute } from '#app/_http/route'
import { draftForecastJson } from '#app/_serial/forecast'
import { batchDraft } from '#core/batch/schema'
import { assertNever } from '#core/errors'
import { forecastDraft } from '#core/forecast/draft'
import { mayChoose } from '#core/queue/ordering'

/** What a batch would cost, when it would be done, and whom it would delay. Nothing is sent. */
export const POST = userRoute(async ({ request, viewer }) => {
  const draft = await readBody(request, batchDraft)
  if (draft.band && !mayChoose(viewer.role, draft.band)) return forbidden('operator')
  const result = await forecastDraft(viewer.id, draft)
  switch (result.outcome) {
    case 'forecast':
      return Response.json(draftForecastJson(result.forecast, viewer))
    case 'speech_not_found':
    case 'presenter_not_found':
      return missingFile(result)
    default:
      return assertNever(result)
  }
})
