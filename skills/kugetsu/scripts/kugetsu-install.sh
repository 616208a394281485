# shellcheck shell=sh
# Installs kugetsu with the install.sh of this clone. Either way will do, from anywhere in the clone:
#
#   . skills/kugetsu/scripts/kugetsu-install.sh      kugetsu is then on the PATH of this shell, too
#   sh skills/kugetsu/scripts/kugetsu-install.sh     takes the options of install.sh
#
# Sourced it takes no options, and leaves nothing behind but the PATH: all else happens in a subshell. When it fails, that
# is its status, and the shell lives on; under `set -e` a shell ends at that status as at any other, unless `if . …` asks for it.

if (
  set -u
  # who sources a file without arguments lends it his own: they are not for install.sh
  sourced=true
  case ${0##*/}:${ZSH_EVAL_CONTEXT-} in
    *:*file*) ;;
    kugetsu-install.sh:*) sourced=false ;;
  esac
  if $sourced; then
    [ $# -eq 0 ] || echo "kugetsu-install.sh: sourced it passes no words on; for options: sh kugetsu-install.sh OPTION..." >&2
    set --
  fi

  # only bash and zsh tell a sourced file where it is
  self=$0
  if [ -n "${BASH_VERSION-}" ]; then
    # shellcheck disable=SC3028,SC3054
    eval 'self=${BASH_SOURCE[0]}'
  elif [ -n "${ZSH_VERSION-}" ]; then
    eval 'self=${(%):-%x}'
  fi
  here=""
  for start in "$(dirname -- "$self")" "$PWD"; do
    at=$(CDPATH='' cd -- "$start" 2>/dev/null && pwd -P) || continue
    while [ -n "$at" ]; do
      if [ -f "$at/install.sh" ] && [ -f "$at/skills/kugetsu/scripts/kugetsu-install.sh" ]; then
        here=$at
        break 2
      fi
      at=${at%/*}
    done
  done
  if [ -z "$here" ]; then
    echo "kugetsu-install.sh: there is no install.sh to be found; source it from inside a clone of kugetsu" >&2
    exit 69
  fi
  exec sh "$here/install.sh" "$@"
); then
  case ":${PATH-}:" in
    *":${KUGETSU_INSTALL_DIR:-$HOME/.local/bin}:"*) ;;
    *) PATH="${KUGETSU_INSTALL_DIR:-$HOME/.local/bin}${PATH:+:$PATH}" ;;
  esac
else
  # who sources sees the status of install.sh; without && dash would end at this line under `set -e`, whatever is around `.`
  (exit $?) && :
fi
