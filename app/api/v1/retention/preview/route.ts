import { readBody } from '#app/_http/body'
import { adminRoute } from '#app/_http/route'
import { retentionJson } from '#app/_serial/retention'
import { previewRetention } from '#core/retention/apply'
import { readRetention } from '#core/retention/rules'
import { retentionChange } from '#core/retention/schema'

/** What would go if these rules held now. Nothing goes. */
export const POST = adminRoute(async ({ request }) => {
  const rules = { ...(await readRetention()), ...(await readBody(request, retentionChange)) }
  return Response.json(await retentionJson(await previewRetention(rules)))
})
