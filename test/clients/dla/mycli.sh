# What people do with mycli.
set -e
export MYSQL_PWD="$DLA_PASSWORD" HOME="$(mktemp -d)"
trap 'rm -r "$HOME"' EXIT
ask() { mycli -h 127.0.0.1 -P "$DLA_PORT" -u "$DLA_USER" lake "$@" </dev/null; }
ask --csv -e 'select id, name, born from people order by id'
ask -e '\dt'
ask -e '\dt people'
ask -e status
