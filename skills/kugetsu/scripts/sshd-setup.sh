#!/bin/sh
# Makes a machine reachable over SSH for one person: sh sshd-setup.sh --help
# Debian, Ubuntu, Fedora and their kin, with systemd. To run it again changes nothing that is right already.
set -eu
umask 022

usage() {
  cat <<'HELP'
sudo sh sshd-setup.sh [--key FILE] [user]

Sets up a user (kugetsu, when none is named) who can log in over SSH with a key, and use sudo without a password; then
turns off passwords over SSH, for everybody, and sees that sshd runs.

  --key FILE   adds the public key in FILE (- is standard input) to the user's authorized_keys

Passwords stay on until the user has a key that sshd would accept: without one this script prepares the user, says where
the key goes, and ends with 73. sshd is reloaded, never restarted, and only with a configuration that `sshd -t` accepts;
otherwise what was there before is put back. What this changes in /etc is kept beside it, as NAME.kugetsu-TIME.

Exit codes: 0 done, 1 failed, 64 wrong usage, 69 something needed is missing, 73 refused in order not to lock you out.
HELP
}

say() { printf '%s\n' "$@"; }
fail() {
  code=$1
  shift
  printf 'sshd-setup.sh: %s\n' "$1" >&2
  shift
  for line; do printf '  %s\n' "$line" >&2; done
  exit "$code"
}
have() { command -v "$1" >/dev/null 2>&1; }

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
etc=/etc/ssh
drop_in=$etc/sshd_config.d/00-kugetsu.conf
stamp=$(date +%Y%m%dT%H%M%S)

main() {
  user="" key=""
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h)
        usage
        exit 0
        ;;
      --key)
        { [ $# -ge 2 ] && [ -n "$2" ]; } || fail 64 "--key needs a file"
        key=$2
        shift
        ;;
      -*) fail 64 "there is no option $1" "sh sshd-setup.sh --help shows all there is." ;;
      *)
        [ -z "$user" ] || fail 64 "one user, not two: $user and $1"
        user=$1
        ;;
    esac
    shift
  done
  user=${user:-kugetsu}
  # it becomes the name of a file in sudoers.d, too, where one with a dot would be ignored
  case $user in
    root) fail 64 "root is not who should work here" "Name another user, or none: then it is kugetsu." ;;
    [!a-z_]* | *[!a-z0-9_-]*) fail 64 "$user is no user name" "Lower case letters, digits, - and _." ;;
  esac
  [ "$(id -u)" -eq 0 ] || fail 69 "this needs root" "sudo sh sshd-setup.sh $user"
  [ -d /run/systemd/system ] || fail 69 "this machine was not started by systemd" \
    "In a container without it run sshd as its own process: /usr/sbin/sshd -D."

  packages
  account
  add_key
  ssh-keygen -A >/dev/null
  # where sshd gives up its rights; Debian makes it when the service starts, and sshd -t asks for it
  mkdir -p /run/sshd
  chmod 755 /run/sshd
  sshd -t || fail 1 "sshd does not accept its present configuration" "Mend that first; nothing of it was changed."
  require_key
  passwordless_sudo
  keys_only
  serve
  farewell
}

packages() {
  missing=""
  have sshd || missing="openssh-server"
  have sudo || missing="$missing sudo"
  [ -n "$missing" ] || return 0
  say "Installing $missing"
  # shellcheck disable=SC2086
  if have apt-get; then
    DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null &&
      DEBIAN_FRONTEND=noninteractive apt-get -qq install -y $missing >/dev/null
  elif have dnf; then
    dnf -q -y install $missing >/dev/null
  else
    fail 69 "neither apt-get nor dnf is here" "Install yourself: $missing"
  fi || fail 69 "$missing could not be installed"
}

account() {
  if ! id -u "$user" >/dev/null 2>&1; then
    # no password, and not locked: a locked account may not even log in with a key
    useradd --create-home --shell /bin/bash --password '*' "$user"
    say "The user $user is new."
  fi
  [ "$(id -u "$user")" -ne 0 ] || fail 64 "$user is root under another name"
  home=$(getent passwd "$user" | cut -d: -f6)
  group=$(id -gn "$user")
  [ -d "$home" ] || fail 69 "the home of $user is not there: $home"
  authorized=$home/.ssh/authorized_keys
  # as the user: in that home a link could lead root anywhere
  as_user mkdir -p -m 700 "$home/.ssh"
  as_user chmod 700 "$home/.ssh"
  # one that root wrote for the user; not a link, which could be one to any file
  if [ -n "$(find "$authorized" -prune -type f -links 1 -user 0 2>/dev/null)" ]; then
    chown -h "$user:$group" "$authorized"
  fi
  if [ -e "$authorized" ]; then as_user chmod 600 "$authorized"; fi
}

as_user() {
  if have runuser; then runuser -u "$user" -- "$@"; else setpriv --reuid="$user" --regid="$group" --init-groups "$@"; fi
}

add_key() {
  [ -n "$key" ] || return 0
  if [ "$key" = - ]; then text=$(cat); else text=$(cat -- "$key") || fail 64 "$key cannot be read"; fi
  case $text in
    *"PRIVATE KEY"*) fail 64 "that is a private key, which should never leave your machine" "Give the file that ends in .pub." ;;
  esac
  printf '%s\n' "$text" | ssh-keygen -l -f - >/dev/null 2>&1 || fail 64 "there is no public key in ${key#-}"
  # shellcheck disable=SC2016
  printf '%s\n' "$text" | as_user sh -c '
    umask 077
    touch "$1"
    if [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ]; then echo >>"$1"; fi
    while IFS= read -r line || [ -n "$line" ]; do
      [ -z "$line" ] || grep -qxF -e "$line" "$1" || printf "%s\n" "$line" >>"$1"
    done' sh "$authorized"
  if have restorecon; then restorecon -R "$home/.ssh" || true; fi
}

# Refuses unless sshd would let the user in with a key, to a shell.
require_key() {
  # a key that may do one thing only, from one place only or for a while only, is no way back in
  # shellcheck disable=SC2016
  keys=$(as_user sh -c '
    if [ -r "$1" ]; then
      grep -Ev "^[^#]*(command=|from=|expiry-time=|restrict|cert-authority)" "$1" | ssh-keygen -l -f - 2>/dev/null |
        grep -vc "(DSA)" || true
    fi' sh "$authorized")
  if [ "${keys:-0}" -eq 0 ]; then
    fail 73 "$user has no key yet, so passwords stay as they are" "On your own machine: ssh-keygen -t ed25519" \
      "Put the line of its .pub file into $authorized, or give it with --key FILE, and run this again."
  fi
  case $(getent passwd "$user" | cut -d: -f7) in
    */nologin | */false) fail 73 "$user has no shell to log in to" "chsh -s /bin/bash $user" ;;
  esac
  # days since 1970
  expires=$(getent shadow "$user" | cut -d: -f8)
  if [ -n "$expires" ] && [ "$(($(date +%s) / 86400))" -ge "$expires" ]; then
    fail 73 "the account $user has expired" "chage -E -1 $user"
  fi
  effective || fail 1 "sshd does not tell its settings for $user"
  case $(setting usepam):$(getent shadow "$user" | cut -d: -f2) in
    no:!*) fail 73 "the account $user is locked, and sshd lets no locked one in" "usermod --password '*' $user" ;;
  esac
  case " $(setting authorizedkeysfile) " in
    *" .ssh/authorized_keys "* | *" %h/.ssh/authorized_keys "* | *" $authorized "*) ;;
    *) fail 73 "sshd looks for keys elsewhere: $(setting authorizedkeysfile)" \
      "Put AuthorizedKeysFile .ssh/authorized_keys into $etc/sshd_config, and run this again." ;;
  esac
  case " $(setting authenticationmethods) " in
    "  " | *" any "* | *" publickey "*) ;;
    *) fail 73 "sshd wants more than a key: AuthenticationMethods $(setting authenticationmethods)" ;;
  esac
  [ -n "$(find -L "$home" -prune \( -user "$user" -o -user 0 \))" ] ||
    fail 73 "$home belongs to somebody else, so that sshd refuses its keys" "chown $user $home, and run this again."
  [ -z "$(find -L "$home" -prune -perm /022)" ] || fail 73 "others may write to $home, so that sshd refuses its keys" \
    "chmod go-w $home, and run this again."
  for list in allowusers allowgroups denyusers denygroups; do
    [ -z "$(setting $list)" ] || permitted "$list" || fail 73 "$list in the configuration of sshd keeps $user out" \
      "It says: $(setting $list)"
  done
}

# What sshd makes of its whole configuration for a login of the user, Match blocks and all.
effective() { now=$(sshd -T -C "user=$user,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22" 2>/dev/null); }
setting() { printf '%s\n' "$now" | awk -v name="$1" '$1 == name { sub(/^[^ ]+ /, ""); print }' | tr '\n' ' ' | sed 's/ $//'; }

# permitted LIST: whether a list of users or groups lets the user in; a pattern counts as not known, so as a no
permitted() {
  case $1 in *groups) names=$(id -Gn "$user") ;; *) names=$user ;; esac
  found=false
  for name in $names; do
    case " $(setting "$1") " in *" $name "*) found=true ;; esac
  done
  case $1 in
    allow*) $found ;;
    *)
      case $(setting "$1") in *[*?!@]*) return 1 ;; esac
      ! $found
      ;;
  esac
}

passwordless_sudo() {
  rule=/etc/sudoers.d/kugetsu-$user
  [ -d /etc/sudoers.d ] || mkdir -m 750 /etc/sudoers.d
  # a name with a dot in it is not read by sudo
  new=$(mktemp /etc/sudoers.d/.kugetsu.XXXXXX)
  printf '%s ALL=(ALL:ALL) NOPASSWD: ALL\n' "$user" >"$new"
  chmod 440 "$new"
  if cmp -s "$new" "$rule"; then
    rm -f "$new"
  elif visudo -cqf "$new"; then
    mv -f "$new" "$rule"
    say "$user may use sudo without a password: $rule"
  else
    rm -f "$new"
    fail 1 "visudo does not accept the rule for $user" "Nothing of it was changed."
  fi
  as_user sudo -n true || fail 1 "sudo still asks $user for a password" "Does /etc/sudoers include /etc/sudoers.d?"
}

# keep FILE: a copy of what is there before it is changed
keep() { if [ -e "$1" ]; then cp -p -- "$1" "$1.kugetsu-$stamp"; fi; }

# replace NEW FILE: by one rename, so that FILE is never half of anything
replace() { cp -p -- "$1" "$2.new" && mv -f -- "$2.new" "$2"; }

# The first value that sshd reads counts: ours come before all others, those of cloud-init too.
keys_only() {
  mkdir -p "$etc/sshd_config.d"
  work=$(mktemp -d)
  trap 'undo; rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  undone=true
  cat >"$work/drop_in" <<'CONF'
# Written by kugetsu's sshd-setup.sh. Remove this file, and reload sshd, to have passwords back.
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
CONF
  { echo "Include $etc/sshd_config.d/*.conf" && cat "$etc/sshd_config"; } >"$work/main"
  had_drop_in=false
  if [ -e "$drop_in" ]; then
    had_drop_in=true
    cp -p "$drop_in" "$work/old_drop_in"
  fi
  cp -p "$etc/sshd_config" "$work/old_main"
  changed=false
  undone=false
  if ! cmp -s "$work/drop_in" "$drop_in"; then
    keep "$drop_in"
    replace "$work/drop_in" "$drop_in"
    changed=true
  fi
  # an Include further down, or none, comes too late
  first=$(grep -Ev '^[[:space:]]*(#|$)' "$etc/sshd_config" | head -n 1 | tr -s '[:space:]' ' ')
  case $first in
    [Ii]nclude*"sshd_config.d/*.conf"*) ;;
    *)
      keep "$etc/sshd_config"
      replace "$work/main" "$etc/sshd_config"
      changed=true
      ;;
  esac
  sshd -t || fail 1 "sshd does not accept the new configuration" "What was there before is back."
  effective || fail 1 "sshd does not tell its settings for $user" "What was there before is back."
  for each in passwordauthentication:no kbdinteractiveauthentication:no pubkeyauthentication:yes; do
    [ "$(setting "${each%:*}")" = "${each#*:}" ] ||
      fail 1 "${each%:*} is still $(setting "${each%:*}") for $user, by a Match block perhaps" "What was there before is back."
  done
  undone=true
  if $changed; then say "Passwords over SSH are off: $drop_in"; fi
}

# Whatever ends this in the middle: sshd's files are as they were.
undo() {
  if $undone; then return; fi
  undone=true
  if $had_drop_in; then replace "$work/old_drop_in" "$drop_in"; else rm -f "$drop_in"; fi
  replace "$work/old_main" "$etc/sshd_config"
}

serve() {
  unit=sshd.service
  if systemctl cat ssh.service >/dev/null 2>&1; then unit=ssh.service; fi
  # where a socket starts it (Ubuntu), that one is what listens
  if systemctl is-active --quiet ssh.socket 2>/dev/null; then
    systemctl try-reload-or-restart "$unit"
  elif systemctl is-active --quiet "$unit"; then
    systemctl enable --quiet "$unit"
    systemctl reload "$unit"
  else
    systemctl enable --quiet --now "$unit"
  fi || fail 1 "$unit could not be started" "systemctl status $unit tells more."
}

farewell() {
  port=$(setting port)
  host=$(hostname -I 2>/dev/null | awk '{ print $1 }')
  say "" "Ready. Try it from another terminal before you close this one:" \
    "  ssh -p ${port%% *} $user@${host:-$(hostname)}"
}

main "$@"
