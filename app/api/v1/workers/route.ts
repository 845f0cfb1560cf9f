import { listSlots } from '#core/queue/slots'
import { slotJson } from '../../../_serial/worker.ts'
import { adminRoute } from '../../../_session/route.ts'

/** All slots that are or were lately there, with what they render and which engines they have. */
export const GET = adminRoute(async () => Response.json((await listSlots()).map((slot) => slotJson(slot))))

export const dynamic = 'force-dynamic'
