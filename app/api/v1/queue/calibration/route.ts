import { operatorRoute } from '#app/_http/route'
import { calibrationJson } from '#app/_serial/forecast'
import { readCalibration } from '#core/forecast/calibration'

/** How well forecasts given at submission were kept over the last 30 days. */
export const GET = operatorRoute(async () => Response.json(calibrationJson(await readCalibration())))
