'use client'

import { Plus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { call } from '#app/_components/api/call'
import { useCreate } from '#app/_components/api/create'
import { useAction } from '#app/_components/api/use-action'
import { Clock } from '#app/_components/time/clock.tsx'
import { Button } from '#app/_components/ui/button.tsx'
import { cx } from '#app/_components/ui/cx'
import { Dialog } from '#app/_components/ui/dialog.tsx'
import { Field } from '#app/_components/ui/field.tsx'
import { ROLES, type RoleName } from './roles.ts'
import { type OneTimeLink, ShowLink } from './show-link.tsx'

type Invitation = OneTimeLink & { id: string }

/** Makes a one-time link for a new person and shows it this once. Closed without "Done", it is withdrawn. */
export function AddPerson() {
  const t = useTranslations('admin')
  const action = useTranslations('action')
  const { run } = useAction()
  const [open, setOpen] = useState(false)
  const [link, setLink] = useState<Invitation | null>(null)
  const close = () => {
    setOpen(false)
    setLink(null)
  }
  const dismiss = () => {
    if (link)
      run(async () => {
        await call('DELETE', `users/invitations/${link.id}`)
        toast(t('withdrawnToast'))
      })
    close()
  }
  return (
    <>
      <Button look="primary" onClick={() => setOpen(true)}>
        <Plus aria-hidden="true" />
        {t('addPerson')}
      </Button>
      <Dialog
        open={open}
        onOpenChange={(next) => !next && dismiss()}
        title={link ? t('linkTitle') : t('addPerson')}
        text={
          link ? t.rich('linkText', { when: () => <Clock at={new Date(link.expiresAt)} /> }) : t('addText')
        }
        closeLabel={link ? t('withdraw') : action('close')}
      >
        {link ? (
          <ShowLink link={link} label={t('linkLabel')} onDone={close} />
        ) : (
          <InviteForm onLink={setLink} />
        )}
      </Dialog>
    </>
  )
}

function InviteForm({ onLink }: { onLink: (link: Invitation) => void }) {
  const t = useTranslations('admin')
  const auth = useTranslations('auth')
  const { run, pending } = useAction()
  const create = useCreate()
  const [role, setRole] = useState<RoleName>('member')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const [name, email] = ['name', 'email'].map((key) => String(data.get(key)).trim() || undefined)
    run(async () => onLink(await create<Invitation>('users/invitations', { role, name, email })))
  }
  return (
    <form onSubmit={submit} className="grid gap-4">
      <Field id="name" name="name" label={t('inviteName')} maxLength={80} autoComplete="off" />
      <Field
        id="email"
        name="email"
        type="email"
        label={auth('email')}
        hint={t('inviteEmailHint')}
        maxLength={254}
        autoComplete="off"
      />
      <fieldset className="grid gap-1.5">
        <legend className="mb-1.5 text-sm font-medium">{t('role')}</legend>
        <div className="grid gap-2">
          {ROLES.map((value) => (
            <RoleChoice key={value} value={value} checked={role === value} onChoose={setRole} />
          ))}
        </div>
      </fieldset>
      <Button type="submit" look="primary" size="lg" disabled={pending}>
        {t('addButton')}
      </Button>
    </form>
  )
}

function RoleChoice({
  value,
  checked,
  onChoose,
}: {
  value: RoleName
  checked: boolean
  onChoose: (role: RoleName) => void
}) {
  const word = useTranslations('role')
  const t = useTranslations('admin')
  return (
    <label
      className={cx(
        'flex items-baseline gap-2 rounded-md border border-line-strong px-3 py-2 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        checked && 'border-accent bg-accent-soft',
      )}
    >
      <input
        type="radio"
        name="role"
        value={value}
        checked={checked}
        onChange={() => onChoose(value)}
        className="accent-accent"
      />
      {word(value)}
      <span className="min-w-0 text-sm text-muted">{t(`roleText.${value}`)}</span>
    </label>
  )
}
