'use client'

import { useRouter } from 'next/navigation'
import { useTimeZone } from 'next-intl'
import { useEffect, useRef } from 'react'
import { tellZone } from './preferences.ts'

/** Makes the server format times for where the reader is, from the first visit on. */
export function ZoneTeller() {
  const router = useRouter()
  const known = useTimeZone()
  const told = useRef(false)
  useEffect(() => {
    if (told.current) return
    told.current = true
    if (tellZone(known ?? 'UTC')) router.refresh()
  }, [known, router])
  return null
}
