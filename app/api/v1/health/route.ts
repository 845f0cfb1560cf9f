import { operatorRoute } from '#app/_http/route'
import { readHealth } from '#app/_server/health'

export const GET = operatorRoute(async () => Response.json(await readHealth()))
