/**
 * The first step of `setup`. Neither `engines` nor `packageManager` stops an older Bun, and what it then says about the
 * lock file helps nobody.
 */
const oldest = "1.4.4"

if (Bun.semver.order(Bun.version, oldest) < 0) {
  console.error(`kugetsu needs Bun ${oldest} or newer, and this is Bun ${Bun.version}.`)
  console.error(`Without installing anything: npx -y bun@${oldest} run <script>`)
  process.exit(1)
}
