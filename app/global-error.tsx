'use client'

import { useEffect } from 'react'
import './globals.css'

const WORDS = {
  en: {
    title: 'Something went wrong',
    text: 'The page could not be shown. Nothing in the queue is affected.',
    retry: 'Try again',
  },
  zh: { title: '出错了', text: '无法显示此页面。队列不受影响。', retry: '重试' },
}

/** In place of everything when the document itself could not be rendered; so it brings its own words, in both languages. */
export default function GlobalError({ error, reset }: { error: unknown; reset: () => void }) {
  useEffect(() => console.error(error), [error])
  return (
    <html lang="en">
      <body>
        <main role="alert" className="grid min-h-dvh place-content-center gap-8 px-4 text-center">
          {(['en', 'zh'] as const).map((lang) => (
            <div key={lang} lang={lang} className="grid justify-items-center gap-3">
              <div className="grid gap-1">
                <h1 className="text-xl font-semibold tracking-tight">{WORDS[lang].title}</h1>
                <p className="text-muted">{WORDS[lang].text}</p>
              </div>
              <button
                type="button"
                onClick={reset}
                className="h-8 rounded-md bg-accent px-3 text-sm font-medium text-on-accent hover:bg-accent-strong"
              >
                {WORDS[lang].retry}
              </button>
            </div>
          ))}
        </main>
      </body>
    </html>
  )
}
