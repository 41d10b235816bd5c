# Runs a private PostgreSQL until standard input ends, then removes it.
# $1 folder of the server's programs  $2 folder to use
set -e
as=''
if [ "$(id -u)" = 0 ]; then
  as='setpriv --reuid=postgres --regid=postgres --clear-groups'
  chown postgres "$2"
fi
cd "$2"
$as "$1/initdb" -D "$2/data" -U luotsi -A trust -E UTF8 --no-sync >"$2/initdb.log" 2>&1
$as "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c max_connections=300 2>&1 >/dev/null | cat >/dev/null &
cat >/dev/null
kill -QUIT "$(head -1 "$2/data/postmaster.pid")"
wait
rm -rf "$2"
