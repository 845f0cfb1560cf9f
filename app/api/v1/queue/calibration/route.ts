import { readCalibration } from '#core/queue/calibration'
import { calibrationJson } from '../../../../_serial/forecast.ts'
import { adminRoute } from '../../../../_session/route.ts'

/** How well forecasts given at submission were kept over the last 30 days. */
export const GET = adminRoute(async () => Response.json(calibrationJson(await readCalibration())))

export const dynamic = 'force-dynamic'
