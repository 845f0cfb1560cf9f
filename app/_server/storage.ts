import { env } from '#core/env'
import { diskStorage } from '#core/storage/disk'
import { dataLayout } from '#core/storage/layout'
import type { Storage } from '#core/storage/storage'

/** Where this portal's assets and results live. */
export const storage = (): Storage => diskStorage(dataLayout(env().DATA_DIR).storage)
