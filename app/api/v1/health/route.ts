import { adminRoute } from '#app/_http/route'
import { readHealth } from '#app/_server/health'

export const GET = adminRoute(async () => Response.json(await readHealth()))
