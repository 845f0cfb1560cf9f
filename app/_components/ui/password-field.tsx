'use client'

import { Eye, EyeOff } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { type ComponentProps, useState } from 'react'
import { Field } from './field.tsx'

/** A password that can be looked at. */
export function PasswordField({
  id = 'password',
  label,
  ...rest
}: Omit<ComponentProps<typeof Field>, 'label' | 'id' | 'name'> & { id?: string; label?: string }) {
  const t = useTranslations('auth')
  const [shown, setShown] = useState(false)
  return (
    <Field
      {...rest}
      id={id}
      name={id}
      label={label ?? t('password')}
      type={shown ? 'text' : 'password'}
      required
      trailing={
        <button
          type="button"
          aria-label={t(shown ? 'hidePassword' : 'showPassword')}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
          className="grid size-8 place-items-center rounded-sm text-muted hover:text-ink"
        >
          {shown ? (
            <EyeOff aria-hidden="true" className="size-4" />
          ) : (
            <Eye aria-hidden="true" className="size-4" />
          )}
        </button>
      }
    />
  )
}
