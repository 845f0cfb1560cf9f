'use client'

import { useTranslations } from 'next-intl'
import { useCallback, useEffect, useState } from 'react'
import { call } from '#app/_components/api/call'
import { useErrorText } from '#app/_components/api/error-text'
import { SessionList, type ShownSession } from '#app/_components/sessions/session-list.tsx'
import { Dialog } from '#app/_components/ui/dialog.tsx'

/** Where another person is signed in, and signing them out there. */
export function SessionsDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const errorText = useErrorText()
  const [sessions, setSessions] = useState<ShownSession[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const path = `users/${id}/sessions`
  const load = useCallback(async () => {
    try {
      const answer = await call<{ sessions: ShownSession[] }>('GET', path)
      setSessions(answer.sessions.map((each) => ({ ...each, lastSeenAt: new Date(each.lastSeenAt) })))
    } catch (error) {
      setProblem(errorText(error))
    }
  }, [path, errorText])
  useEffect(() => void load(), [load])
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('sessionsTitle', { name })}
      text={problem ?? (sessions?.length === 0 ? t('noSessions') : undefined)}
      closeLabel={action('close')}
    >
      {sessions && sessions.length > 0 && <SessionList sessions={sessions} path={path} onChange={load} />}
    </Dialog>
  )
}
