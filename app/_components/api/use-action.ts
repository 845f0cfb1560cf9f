'use client'

import { useRouter } from 'next/navigation'
import { useCallback, useTransition } from 'react'
import { toast } from 'sonner'
import { useErrorText } from './error-text.ts'

/** Runs a write and says how it went: a line when it worked, the reason when not; then shows the new state. */
export function useAction() {
  const router = useRouter()
  const errorText = useErrorText()
  const [pending, start] = useTransition()
  const run = useCallback(
    (work: () => Promise<unknown>, done?: string) =>
      start(async () => {
        try {
          await work()
          if (done) toast.success(done)
        } catch (error) {
          toast.error(errorText(error))
        }
        router.refresh()
      }),
    [router, errorText],
  )
  return { run, pending }
}
