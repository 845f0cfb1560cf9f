'use client'

import { Check, Copy, Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useState } from 'react'
import { call } from '#app/_components/api/call'
import { useAction } from '#app/_components/api/use-action'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { cx } from '#app/_components/ui/cx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { inputClass } from '#app/_components/ui/field.tsx'

type Role = 'member' | 'admin'
type Link = { url: string; expiresAt: string }

/** Makes a one-time link for a new person and shows it this once. */
export function AddPerson() {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const [open, setOpen] = useState(false)
  const [link, setLink] = useState<Link | null>(null)
  const change = (next: boolean) => {
    setOpen(next)
    if (next) setLink(null)
  }
  return (
    <>
      <Button look="primary" onClick={() => change(true)}>
        <Plus aria-hidden="true" />
        {t('addPerson')}
      </Button>
      <Dialog
        open={open}
        onOpenChange={change}
        title={link ? t('linkTitle') : t('addPerson')}
        text={
          link ? t.rich('linkText', { when: () => <Clock at={new Date(link.expiresAt)} /> }) : t('addText')
        }
        closeLabel={action('close')}
      >
        {link ? <ShowLink link={link} onDone={() => change(false)} /> : <ChooseRole onLink={setLink} />}
      </Dialog>
    </>
  )
}

function ChooseRole({ onLink }: { onLink: (link: Link) => void }) {
  const t = useTranslations('admin')
  const word = useTranslations('role')
  const { run, pending } = useAction()
  const [role, setRole] = useState<Role>('member')
  const choice = (value: Role) => (
    <label
      className={cx(
        'flex flex-1 items-center gap-2 rounded-md border border-line-strong px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        role === value && 'border-accent bg-accent-soft',
      )}
    >
      <input
        type="radio"
        name="role"
        value={value}
        checked={role === value}
        onChange={() => setRole(value)}
        className="accent-accent"
      />
      {word(value)}
    </label>
  )
  return (
    <div className="grid gap-4">
      <fieldset className="grid gap-1.5">
        <legend className="mb-1.5 text-sm font-medium">{t('role')}</legend>
        <div className="flex gap-2">
          {choice('member')}
          {choice('admin')}
        </div>
      </fieldset>
      <Button
        look="primary"
        size="lg"
        disabled={pending}
        onClick={() => run(async () => onLink(await call<Link>('POST', 'users/invitations', { role })))}
      >
        {t('addButton')}
      </Button>
    </div>
  )
}

function ShowLink({ link, onDone }: { link: Link; onDone: () => void }) {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    // Without https the clipboard is closed to pages; the link is selected then, ready to be copied by hand.
    const ok = await navigator.clipboard?.writeText(link.url).then(
      () => true,
      () => false,
    )
    setCopied(ok ?? false)
  }
  return (
    <div className="grid gap-4">
      <input
        readOnly
        value={link.url}
        aria-label={t('linkLabel')}
        onFocus={(event) => event.currentTarget.select()}
        className={cx(inputClass, 'font-mono text-sm')}
      />
      <div className="flex justify-end gap-2">
        <Button onClick={copy} look="primary">
          {copied ? <Check aria-hidden="true" /> : <Copy aria-hidden="true" />}
          <span aria-live="polite">{copied ? action('copied') : t('copyLink')}</span>
        </Button>
        <Button onClick={onDone}>{t('done')}</Button>
      </div>
    </div>
  )
}
