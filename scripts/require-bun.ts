// First step of `setup`: Bun checks neither `engines` nor `packageManager`, and an older one dies on the lock file.
const need = "1.4.4"
if (!Bun.semver.satisfies(Bun.version, ">=" + need)) {
  console.error(
    `This repository needs Bun ${need} or newer (this is ${Bun.version}). Put npx in front: npx -y bun@${need} run <script>`,
  )
  process.exit(1)
}
