import { readHealth } from '../../../_server/health.ts'
import { adminRoute } from '../../../_session/route.ts'

export const GET = adminRoute(async () => Response.json(await readHealth()))

export const dynamic = 'force-dynamic'
