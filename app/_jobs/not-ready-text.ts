import { useTranslations } from 'next-intl'

/** As much of an engine's report as its reason needs. */
export interface NotReady {
  code: string | null
  params: Record<string, string | number>
  reason: string | null
}

/** Why an engine can't be used, in the reader's language: by its code, else as the worker put it. */
export function useNotReadyText(): (engine: NotReady) => string {
  const t = useTranslations('notReady')
  const word = useTranslations('new')
  return ({ code, params, reason }) => {
    const key = (code ?? '') as 'weights_missing'
    // Blanks for what a worker of another version may leave out.
    const blanks = { provider: '', path: '', url: '', program: '' }
    return code && t.has(key) ? t(key, { ...blanks, ...params } as never) : (reason ?? word('engineMissing'))
  }
}
