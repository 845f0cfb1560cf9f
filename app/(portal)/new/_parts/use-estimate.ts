'use client'

import { useEffect, useState } from 'react'
import { call } from '#app/_components/api/call'
import type { draftForecastJson } from '#app/_serial/forecast'

export type EstimateJson = ReturnType<typeof draftForecastJson>

const QUIET_MS = 500

/** What a batch would cost and do, asked anew when it changes; null while that isn't known. */
export function useEstimate(draft: object | null): { estimate: EstimateJson | null; pending: boolean } {
  const key = draft ? JSON.stringify(draft) : null
  const [known, setKnown] = useState<{ key: string; estimate: EstimateJson | null } | null>(null)
  useEffect(() => {
    if (!key) return
    let gone = false
    const timer = setTimeout(async () => {
      // Without an estimate a batch can be sent all the same.
      const estimate = await call<EstimateJson>('POST', 'batches/forecast', JSON.parse(key)).catch(() => null)
      if (!gone) setKnown({ key, estimate })
    }, QUIET_MS)
    return () => {
      gone = true
      clearTimeout(timer)
    }
  }, [key])
  return { estimate: key ? (known?.estimate ?? null) : null, pending: key !== null && known?.key !== key }
}
