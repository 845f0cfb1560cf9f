import createNextIntlPlugin from 'next-intl/plugin'

const withNextIntl = createNextIntlPlugin('./app/_i18n/request.ts')

/** @type {import('next').NextConfig} */
const config = {
  // Tests and a second checkout of the portal build beside the one that runs.
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  // Types are checked by npm run validate and by the tests; nobody should wait for that when the portal starts.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
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
