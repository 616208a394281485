#!/bin/sh
# Installs kugetsu for one person, without root: sh install.sh --help
# Plain POSIX sh. Nothing runs before the last line, so that half a download of this script does nothing.

# where releases are, as GitHub lays them out; a published install.sh has the address of its own repository here
ours="https://github.com/shoko/kugetsu/releases"
opencode_version="1.18.33"

usage() {
  cat <<'HELP'
Installs kugetsu for you alone; root is not needed, and nothing outside your home is touched.

  sh install.sh                     the newest release, for this machine
  sh install.sh --version 1.2.3     this release
  sh install.sh --from-file FILE    a file that is here already: an asset of a release (kugetsu-….gz), or an executable
  sh install.sh --uninstall         removes the program, its completions and its systemd units; ~/.kugetsu stays
  sh install.sh --help

  --checksums FILE   with --from-file: the release's SHA256SUMS; without it a SHA256SUMS beside FILE is used, and where
                     there is none FILE is not checked
  --force            with --uninstall: also while agents are at work, or when nobody can tell

Environment:
  KUGETSU_INSTALL_DIR    where the program goes, instead of ~/.local/bin
  KUGETSU_RELEASES_URL   where releases are fetched from: URL/latest/download/NAME and URL/download/vVERSION/NAME

Exit codes: 0 done, 1 failed, 64 wrong usage, 69 something needed is missing or out of reach, 73 refused (agents are at
work or may be, or the checksum is another one), 74 a file cannot be written.
HELP
}

# each argument is a line
say() { printf '%s\n' "$@"; }
warn() { printf '%s\n' "$@" >&2; }
# fail CODE SENTENCE...: the last words of this script
fail() {
  code=$1
  shift
  printf 'install.sh: %s\n' "$1" >&2
  shift
  for line; do printf '  %s\n' "$line" >&2; done
  exit "$code"
}
have() { command -v "$1" >/dev/null 2>&1; }

clean_up() {
  if [ -n "$place" ]; then rm -rf "$place"; fi
  place=""
}

main() {
  version="" file="" checksums="" place="" uninstall=false force=false
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h)
        usage
        exit 0
        ;;
      --uninstall) uninstall=true ;;
      --force) force=true ;;
      --version | --from-file | --checksums)
        { [ $# -ge 2 ] && [ -n "$2" ]; } || fail 64 "$1 needs a value" "sh install.sh --help shows all there is."
        case $1 in
          --version) version=${2#v} ;;
          --from-file) file=$2 ;;
          --checksums) checksums=$2 ;;
        esac
        shift
        ;;
      *) fail 64 "there is no option $1" "sh install.sh --help shows all there is." ;;
    esac
    shift
  done
  case $version in
    *[!0-9A-Za-z.+-]*) fail 64 "$version is no version" "A version looks like 1.2.3." ;;
  esac
  [ -z "$file" ] || [ -z "$version" ] || fail 64 "--from-file and --version exclude each other"
  [ -z "$checksums" ] || [ -n "$file" ] || fail 64 "--checksums goes with --from-file"

  [ -d "${HOME:-}" ] || fail 69 "HOME names no directory, so there is nowhere to install to"
  if [ "$(id -u)" -eq 0 ] && [ -z "$(find "$HOME" -prune -user 0)" ]; then
    fail 64 "this is root, in the home of somebody else ($HOME)" "Run it as that person, without sudo."
  fi
  dir=${KUGETSU_INSTALL_DIR:-$HOME/.local/bin}
  dir=${dir%/}
  case $dir in
    /*) ;;
    *) fail 64 "KUGETSU_INSTALL_DIR has to be an absolute path, and is $dir" ;;
  esac
  share=${XDG_DATA_HOME:-$HOME/.local/share}
  settings=${XDG_CONFIG_HOME:-$HOME/.config}
  program=$dir/kugetsu
  bash_completions=$share/bash-completion/completions/kugetsu
  zsh_completions=$share/zsh/site-functions/_kugetsu
  fish_completions=$settings/fish/completions/kugetsu.fish

  if $uninstall; then uninstall; else install; fi
}

# ---------------------------------------------------------------------------------------------------------- install

install() {
  [ ! -d "$program" ] || fail 74 "$program is a directory" "Move it away, or set KUGETSU_INSTALL_DIR."
  mkdir -p "$dir" || fail 74 "$dir cannot be made" "Set KUGETSU_INSTALL_DIR to a directory of yours."
  # beside the program: what is complete gets there by one rename, on one file system
  place=$(mktemp -d "$dir/.kugetsu-install.XXXXXX") ||
    fail 74 "nothing can be written in $dir" "Set KUGETSU_INSTALL_DIR to a directory of yours."
  trap clean_up EXIT
  trap 'clean_up; exit 130' INT
  trap 'clean_up; exit 143' TERM HUP

  if [ -n "$file" ]; then take_file; else download; fi
  unpack
  prove
  replaced=false
  [ ! -e "$program" ] || replaced=true
  # a program that runs keeps what it has open, and never sees half of a new one
  mv -f "$place/kugetsu" "$program" || fail 74 "$program cannot be written"
  say "$said is installed: $program"
  completions
  next_steps
}

# Sets name to that of this machine's asset.
asset_name() {
  case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=darwin ;;
    *) fail 69 "there is no kugetsu for $(uname -s)" "It runs on Linux." ;;
  esac
  case $(uname -m) in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail 69 "there is no kugetsu for $(uname -m)" "There is one for x86_64 and for arm64." ;;
  esac
  # a shell under Rosetta says x86_64
  if [ "$os" = darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then arch=arm64; fi
  if [ "$os" = linux ] && [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ]; then
    fail 69 "the programs of this system are 32 bits wide" "There is a kugetsu for x86_64 and for arm64."
  fi
  libc=""
  if [ "$os" = linux ] && is_musl; then libc=-musl; fi
  name=kugetsu-$os-$arch$libc.gz
}

# glibc answers for itself; musl's ldd says its name, and its loader has one.
is_musl() {
  case $(getconf GNU_LIBC_VERSION 2>/dev/null) in
    glibc*) return 1 ;;
  esac
  case $(ldd --version 2>&1) in
    *musl*) return 0 ;;
    *GLIBC* | *"GNU libc"*) return 1 ;;
  esac
  for loader in /lib/ld-musl-*; do
    if [ -e "$loader" ]; then return 0; fi
  done
  return 1
}

download() {
  asset_name
  releases=${KUGETSU_RELEASES_URL:-$ours}
  releases=${releases%/}
  if [ -z "$version" ]; then from=$releases/latest/download; else from=$releases/download/v$version; fi
  if ! have curl && ! have wget; then
    fail 69 "neither curl nor wget is here, so nothing can be fetched" "Install one of them, or fetch elsewhere" \
      "  $from/$name" "  $from/SHA256SUMS" "and run: sh install.sh --from-file $name --checksums SHA256SUMS"
  fi
  say "Fetching $from/$name"
  fetch "$from/SHA256SUMS" "$place/SHA256SUMS"
  fetch "$from/$name" "$place/$name"
  packed=$place/$name
  check "$place/SHA256SUMS" "$name"
}

# fetch URL FILE
fetch() {
  status=0
  if have curl; then
    # who begins with https does not end without it
    case $1 in https:*) only="=https" ;; *) only="=http,https" ;; esac
    curl -fsSL --proto "$only" --connect-timeout 30 --retry 2 -o "$2" "$1" || status=$?
    # 23: what came could not be written
    [ "$status" -ne 23 ] || fail 74 "there is no room for $1 in $dir" "Nothing was changed."
  else
    wget -q -T 60 -O "$2" "$1" || status=$?
  fi
  [ "$status" -eq 0 ] || fail 69 "$1 could not be fetched" "Nothing was changed. Is there a release of that version, and a network?" \
    "Without a network: fetch it elsewhere, and sh install.sh --from-file FILE."
}

take_file() {
  if [ ! -f "$file" ] || [ ! -r "$file" ]; then fail 69 "$file is no file that can be read"; fi
  packed=$file
  beside=$(dirname -- "$file")/SHA256SUMS
  if [ -n "$checksums" ]; then
    [ -r "$checksums" ] || fail 69 "$checksums cannot be read"
    check "$checksums" "$(basename -- "$file")"
  elif [ -r "$beside" ]; then
    check "$beside" "$(basename -- "$file")"
  else
    say "There are no checksums, so $file was taken as it is."
  fi
}

# check SUMS NAME: whether $packed is what SUMS has under NAME
check() {
  wanted=$(awk -v name="$2" '{ sub(/^\*/, "", $2) } $2 == name { print $1 }' "$1")
  case $wanted in
    "")
      if [ -n "$file" ]; then set -- "$1" "$2" "They are of what is packed: give the kugetsu-….gz as it was released."; fi
      name=$2
      shift 2
      fail 73 "the checksums do not name $name" "$@" "Nothing was changed."
      ;;
    *[!0-9a-f]*) fail 73 "what the checksums say of $2 is no checksum" "Nothing was changed." ;;
  esac
  if have sha256sum; then
    found=$(sha256sum <"$packed")
  elif have shasum; then
    found=$(shasum -a 256 <"$packed")
  elif have openssl; then
    found=$(openssl dgst -sha256 -r <"$packed")
  else
    fail 69 "nothing here can compute a checksum" "Install sha256sum (coreutils), shasum or openssl."
  fi
  found=${found%% *}
  [ "$found" = "$wanted" ] || fail 73 "$2 is not what was released" "its checksum: $found" \
    "the release's: $wanted" "Nothing was changed. Fetch it once more."
}

unpack() {
  case $packed in
    *.gz)
      have gzip || fail 69 "gzip is not here" "Install it, or unpack the file elsewhere and give it with --from-file."
      gzip -dc -- "$packed" >"$place/kugetsu" || fail 74 "$packed could not be unpacked into $dir" \
        "It is damaged, or the disk is full. Nothing was changed."
      ;;
    *)
      cp -- "$packed" "$place/kugetsu" || fail 74 "$packed could not be copied into $dir" "Nothing was changed."
      ;;
  esac
  chmod 755 "$place/kugetsu" || fail 74 "$place/kugetsu cannot be made executable"
}

# Runs what was unpacked before it takes anything's place.
prove() {
  status=0
  said=$("$place/kugetsu" --version 2>"$place/errors" </dev/null) || status=$?
  case $status:$said in
    0:"kugetsu "*) ;;
    0:*) fail 1 "this file is not kugetsu" "Nothing was changed." ;;
    132:*) fail 69 "this processor lacks instructions that kugetsu needs (SSE4.2)" \
      "In a virtual machine let it have the host's processor type. Nothing was changed." ;;
    *)
      if grep -q 'libstdc++\|libgcc' "$place/errors"; then
        fail 69 "kugetsu needs the C++ library, which is not here" \
          "On Alpine: apk add libstdc++ libgcc. Nothing was changed."
      fi
      fail 69 "kugetsu does not run here (exit code $status): $(head -n 1 "$place/errors")" \
        "Nothing was changed. Is it the one for this machine, and may programs be run from $dir?"
      ;;
  esac
  [ -z "$version" ] || [ "$said" = "kugetsu $version" ] || fail 1 "this is $said, and not $version" "Nothing was changed."
}

completions() {
  completion bash "$bash_completions"
  completion zsh "$zsh_completions"
  completion fish "$fish_completions"
}

# completion SHELL FILE: to be without them is no reason to fail
completion() {
  if "$program" --completions "$1" >"$place/completions" 2>/dev/null && mkdir -p "$(dirname "$2")" 2>/dev/null &&
    cp "$place/completions" "$2" 2>/dev/null; then
    return 0
  fi
  warn "The completions for $1 could not be written to $2."
}

next_steps() {
  if $replaced; then
    say "It replaced another one. What runs goes on with the old one; afterwards: kugetsu queue-daemon restart"
    return
  fi
  say "" "Next:"
  case :${PATH}: in
    *:"$dir":*) ;;
    *)
      say "- $dir is not on your PATH. Put this into ~/.profile, and log in anew:"
      say "    export PATH=\"$dir:\$PATH\""
      ;;
  esac
  have git || say "- git is not here; agents need it: install the package git."
  installed=$(opencode --version 2>/dev/null </dev/null) || installed=""
  if [ "$installed" != "$opencode_version" ]; then
    say "- kugetsu drives opencode, and is tested with $opencode_version (here: ${installed:-none}):"
    say "    npm install -g opencode-ai@$opencode_version"
    have npm || say "  npm comes with Node (nodejs.org, or the package npm)."
  fi
  say "- kugetsu init"
  say "" "Completions are installed. bash needs the package bash-completion; zsh this line in ~/.zshrc, before compinit:"
  say "    fpath=($(dirname "$zsh_completions") \$fpath)"
}

# -------------------------------------------------------------------------------------------------------- uninstall

uninstall() {
  [ -z "$file$version" ] || fail 64 "--uninstall takes no --version and no --from-file"
  home=${KUGETSU_DIR:-$HOME/.kugetsu}
  home=${home%/}
  units=$settings/systemd/user
  unit=$units/kugetsu-queue-daemon.service
  removed=false
  if [ -x "$program" ] && [ -d "$home" ] && ! $force; then require_idle; fi
  end_service
  if [ -x "$program" ] && [ -d "$home" ] && [ "$service" != another ]; then
    "$program" queue-daemon stop >/dev/null 2>&1 </dev/null ||
      warn "The daemon could not be asked to end; if it still runs, end it by its pid, in $home/queue/daemon.pid."
  fi
  if [ "$service" = ours ]; then
    for each in "$unit" "$units/default.target.wants/kugetsu-queue-daemon.service" "$units/kugetsu-agents.slice"; do
      remove "$each"
    done
    if have systemctl; then systemctl --user daemon-reload >/dev/null 2>&1 || true; fi
  fi
  for each in "$program" "$bash_completions" "$zsh_completions" "$fish_completions"; do remove "$each"; done
  $removed || say "There was nothing to remove below $dir."
  if [ -d "$home" ]; then
    say "" "Your sessions, worktrees and settings are kept: $home" \
      "Work that was not pushed may be in it. Remove it yourself once nothing in it is needed."
  fi
}

remove() {
  if [ -e "$1" ] || [ -L "$1" ]; then
    [ ! -d "$1" ] || fail 74 "$1 is a directory, and stays"
    rm -f "$1" || fail 74 "$1 cannot be removed"
    say "removed $1"
    removed=true
  fi
}

# Refuses while a run is in progress, and when the program does not tell. The PM takes no slot, and a run that is about
# to begin has nothing but its slot.
require_idle() {
  # it ends with another code than 0 where kugetsu init was never run, and tells all the same
  state=$("$program" status --json 2>/dev/null </dev/null | tr -d ' \n') || state=""
  case $state in
    *'"running":[{'* | *'"used":'[1-9]*) fail 73 "agents are at work, and need the program to push what they do" \
      "kugetsu list shows them, kugetsu stop <ref> ends one. --force uninstalls all the same." ;;
    *'"used":0'*'"running":[]'*) ;;
    *) fail 73 "$program does not tell whether agents are at work" \
      "Ask it yourself: kugetsu status. --force uninstalls all the same." ;;
  esac
}

# Ends the service, which the program can do best, and sets service: none (there is none, or no more), ours (its files are
# for us to remove), elsewhere (it serves another directory) or another (it serves this one, by another program).
end_service() {
  service=none
  [ -e "$unit" ] || return 0
  if ! grep -qxF "Environment=\"KUGETSU_DIR=$(quoted "$home")\"" "$unit"; then
    service=elsewhere
    say "kept $unit, which is not of $home"
    return
  fi
  real=$(cd "$dir" 2>/dev/null && pwd -P) || real=$dir
  service=another
  for each in "$program" "$real/kugetsu"; do
    command=$(quoted "$each" | sed 's/\$/$$/g')
    if grep -qF "ExecStart=\"$command\" " "$unit"; then service=ours; fi
  done
  if [ "$service" = another ]; then
    say "kept $unit, which runs another program"
    return
  fi
  if [ -x "$program" ]; then
    if "$program" queue-daemon uninstall >/dev/null 2>&1 </dev/null && [ ! -e "$unit" ]; then
      service=none
      say "removed $unit"
      removed=true
      return
    fi
    $force || fail 1 "$program could not remove $unit" \
      "Ask it yourself: kugetsu queue-daemon uninstall. --force uninstalls all the same."
  fi
  if have systemctl; then
    systemctl --user disable --now kugetsu-queue-daemon.service >/dev/null 2>&1 ||
      warn "systemd could not be asked to end kugetsu-queue-daemon.service; if it still runs: systemctl --user stop kugetsu-queue-daemon.service"
  fi
}

# as a unit has it
quoted() { printf '%s' "$1" | sed 's/[\\"]/\\&/g; s/%/%%/g'; }

main "$@"
