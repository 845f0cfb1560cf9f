import createNextIntlPlugin from 'next-intl/plugin'

const withNextIntl = createNextIntlPlugin('./app/_i18n/request.ts')

/** What every answer tells the browser: not to guess its type, not to tell where it was, and to ask for no device but a microphone. */
const EVERYWHERE = {
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(self), geolocation=(), payment=(), usb=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
}

const headersOf = (headers) => Object.entries(headers).map(([key, value]) => ({ key, value }))

/** @type {import('next').NextConfig} */
const config = {
  // Tests and a second checkout of the portal build beside the one that runs.
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  // Types are checked by npm run validate and by the tests; nobody should wait for that when the portal starts.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  // What pages may do is said in proxy.ts, what the API's answers may do in app/_http/route.ts.
  headers: async () => [{ source: '/:path*', headers: headersOf(EVERYWHERE) }],
  serverExternalPackages: [
    '@node-rs/argon2',
    'pg',
    'pg-boss',
    'pino',
    '@prisma/client',
    '@prisma/adapter-pg',
    '@tus/server',
    '@tus/file-store',
    '@zxcvbn-ts/core',
    '@zxcvbn-ts/language-common',
    'nodemailer',
  ],
}

export default withNextIntl(config)
