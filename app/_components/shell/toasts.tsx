'use client'

import { useEffect } from 'react'
import { Toaster } from 'sonner'
import { tellNonce } from './page-nonce.ts'

const STYLE = {
  background: 'var(--raised)',
  color: 'var(--ink)',
  borderColor: 'var(--line)',
  borderRadius: '8px',
  fontFamily: 'inherit',
}

/** Where short lines about what was just done appear. Clear of the bottom bar on a phone. */
export function Toasts() {
  useEffect(tellNonce, [])
  return (
    <Toaster
      position="bottom-right"
      mobileOffset={{ bottom: 84 }}
      toastOptions={{
        style: STYLE,
        classNames: { error: '[&_[data-icon]]:text-danger', success: '[&_[data-icon]]:text-accent' },
      }}
    />
  )
}
