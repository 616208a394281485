#!/bin/sh
# Puts a machine into a Tailscale network: sh tailscale-setup.sh --help
# Debian, Ubuntu, Fedora and their kin, with systemd. To run it again changes nothing that is right already.
set -eu
umask 022

usage() {
  cat <<'HELP'
sudo sh tailscale-setup.sh [user] [device]

Installs Tailscale from its own package repository, starts tailscaled and logs this machine in, under the name device
(this host's name, when none is given). user (kugetsu, when none is named) may then use the tailscale command without
root.

Login: with the key in TS_AUTHKEY, from the environment (sudo --preserve-env=TS_AUTHKEY keeps it). Without one it is asked
for on the terminal, unseen; an empty answer prints an address to open in a browser. The key is never an argument of a
program, and is written nowhere but into a file in memory that root alone can read, for as long as the login takes.

Exit codes: 0 done, 1 failed, 64 wrong usage, 69 something needed is missing or out of reach.
HELP
}

say() { printf '%s\n' "$@"; }
fail() {
  code=$1
  shift
  printf 'tailscale-setup.sh: %s\n' "$1" >&2
  shift
  for line; do printf '  %s\n' "$line" >&2; done
  exit "$code"
}
have() { command -v "$1" >/dev/null 2>&1; }

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
packages=https://pkgs.tailscale.com/stable
key_file=""
place=""
# of the terminal, while it shows nothing
modes=""

main() {
  # no program that is started from here sees it in its environment, where also a variable called key may have come from
  unset key
  key=${TS_AUTHKEY-}
  unset TS_AUTHKEY
  case ${1-} in
    --help | -h)
      usage
      exit 0
      ;;
    -*) fail 64 "there is no option $1" "sh tailscale-setup.sh --help shows all there is." ;;
  esac
  [ $# -le 2 ] || fail 64 "a user and a device, and nothing else" "The key goes into TS_AUTHKEY, or is asked for."
  user=${1:-kugetsu}
  device=${2:-$(hostname)}
  device=${device%%.*}
  case $device in
    "" | -* | *- | *[!A-Za-z0-9-]*) fail 64 "$device is no name of a device" "Letters, digits and -." ;;
  esac
  [ "$(id -u)" -eq 0 ] || fail 69 "this needs root" "sudo sh tailscale-setup.sh $user $device"
  id -u "$user" >/dev/null 2>&1 || fail 69 "there is no user $user" "sh sshd-setup.sh $user makes one."
  [ -d /run/systemd/system ] || fail 69 "this machine was not started by systemd" \
    "In a container without it start tailscaled yourself, with --tun=userspace-networking."

  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  have tailscale || add_tailscale
  systemctl enable --quiet --now tailscaled.service || fail 1 "tailscaled could not be started" \
    "systemctl status tailscaled tells more. A container needs /dev/net/tun."
  log_in
  say "" "Ready. From any device of your network: ssh $user@$device"
}

clean_up() {
  if [ -n "$modes" ]; then stty "$modes"; fi
  if [ -n "$key_file$place" ]; then rm -rf "$key_file" "$place"; fi
}

add_tailscale() {
  ids="" version_codename=""
  # shellcheck disable=SC1091
  eval "$(. /etc/os-release && printf 'ids="%s %s" version_codename="%s" ubuntu="%s"' \
    "$(word "${ID-}")" "$(word "${ID_LIKE-}")" "$(word "${VERSION_CODENAME-}")" "$(word "${UBUNTU_CODENAME-}")")"
  have curl || fail 69 "curl is not here" "Install it, and run this again."
  place=$(mktemp -d)
  say "Installing Tailscale from $packages"
  case " $ids " in
    *" ubuntu "*) from_apt ubuntu "${ubuntu:-$version_codename}" ;;
    *" debian "*) from_apt debian "$version_codename" ;;
    *" fedora "*) from_dnf ;;
    *) fail 69 "this is neither Debian, Ubuntu nor Fedora ($ids)" \
      "tailscale.com/download tells how to install it; then run this again." ;;
  esac
  have tailscale || fail 1 "Tailscale is installed, and there is no tailscale"
}

# letters, digits and what version names have: it goes through eval and into addresses
word() { printf '%s' "$1" | tr -cd 'A-Za-z0-9 ._-'; }

# fetch NAME FILE
fetch() {
  curl -fsSL --proto =https --connect-timeout 30 --retry 2 -o "$2" "$packages/$1" ||
    fail 69 "$packages/$1 could not be fetched" "Nothing was changed."
}

from_apt() {
  [ -n "$2" ] || fail 69 "/etc/os-release does not tell which $1 this is"
  fetch "$1/$2.noarmor.gpg" "$place/key"
  fetch "$1/$2.tailscale-keyring.list" "$place/list"
  install -D -m 644 "$place/key" /usr/share/keyrings/tailscale-archive-keyring.gpg
  install -D -m 644 "$place/list" /etc/apt/sources.list.d/tailscale.list
  { DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y tailscale >/dev/null; } ||
    fail 69 "tailscale could not be installed"
}

from_dnf() {
  fetch fedora/tailscale.repo "$place/repo"
  install -D -m 644 "$place/repo" /etc/yum.repos.d/tailscale.repo
  dnf -q -y install tailscale >/dev/null || fail 69 "tailscale could not be installed"
}

log_in() {
  if tailscale status >/dev/null 2>&1; then
    tailscale set --hostname="$device" --operator="$user" || fail 1 "tailscale did not take the name $device"
    return
  fi
  if [ -z "$key" ] && [ -t 0 ]; then ask; fi
  if [ -z "$key" ] && [ ! -t 0 ]; then
    fail 69 "there is no key, and no terminal to ask on" "Set TS_AUTHKEY: login.tailscale.com/admin/settings/keys makes one."
  fi
  if [ -n "$key" ]; then
    key_file=$(umask 077 && mktemp /run/tailscale-key.XXXXXX)
    printf '%s' "$key" >"$key_file"
    key=""
    tailscale up --hostname="$device" --operator="$user" --auth-key="file:$key_file" ||
      fail 1 "tailscale did not log in" "Is the key right, and not used up?"
    rm -f "$key_file"
  else
    tailscale up --hostname="$device" --operator="$user" || fail 1 "tailscale did not log in"
  fi
}

ask() {
  printf 'Auth key of Tailscale (nothing is shown; Enter alone: log in with a browser): ' >&2
  modes=$(stty -g)
  stty -echo
  IFS= read -r key || key=""
  stty "$modes"
  modes=""
  printf '\n' >&2
}

main "$@"
