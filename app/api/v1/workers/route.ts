import { operatorRoute } from '#app/_http/route'
import { slotJson } from '#app/_serial/worker'
import { listSlots } from '#core/worker/slots'

/** All slots that are or were lately there, with what they render and which engines they have. */
export const GET = operatorRoute(async () => Response.json((await listSlots()).map((slot) => slotJson(slot))))
