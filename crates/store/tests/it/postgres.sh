# Runs a private PostgreSQL until standard input ends, or until it is told to stop; then removes it.
# $1 folder of the server's programs  $2 folder to use
set -e
trap : HUP INT TERM
as=''
if [ "$(id -u)" = 0 ]; then
  as='setpriv --reuid=postgres --regid=postgres --clear-groups'
  chown postgres "$2"
fi
cd "$2"
$as "$1/initdb" -D "$2/data" -U luotsi -A trust -E UTF8 --no-sync >"$2/initdb.log" 2>&1
$as "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c max_connections=300 >"$2/postgres.log" 2>&1 &
server=$!
set +e
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
cd /
rm -rf "$2"
