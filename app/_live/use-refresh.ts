'use client'

import { useRouter } from 'next/navigation'
import { useCallback, useEffect, useRef, useTransition } from 'react'
import { dropStale } from './progress-store.ts'

const APART = 500

/**
 * Renders the page anew on the server, at most once per half second and never while one is under way or the
 * tab is hidden; what is asked meanwhile is done once afterwards.
 */
export function useRefresh(): () => void {
  const router = useRouter()
  const [pending, start] = useTransition()
  const state = useRef({ asked: false, pending: false, last: 0, timer: undefined as Timer })

  const pump = useCallback(() => {
    const now = state.current
    if (!now.asked || now.pending || now.timer || document.hidden) return
    const due = Math.max(0, now.last + APART - Date.now())
    now.timer = setTimeout(() => {
      now.timer = undefined
      if (document.hidden) return
      now.asked = false
      now.last = Date.now()
      start(() => router.refresh())
    }, due)
  }, [router])

  useEffect(() => {
    const was = state.current.pending
    state.current.pending = pending
    if (was && !pending) dropStale()
    if (!pending) pump()
  }, [pending, pump])

  useEffect(() => {
    document.addEventListener('visibilitychange', pump)
    return () => document.removeEventListener('visibilitychange', pump)
  }, [pump])

  return useCallback(() => {
    state.current.asked = true
    pump()
  }, [pump])
}

type Timer = ReturnType<typeof setTimeout> | undefined
