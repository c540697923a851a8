#!/usr/bin/env bash
# The file of the keys is a FIFO that nobody writes to, a device that never ends, a directory, or a socket: the session must answer by an error at once. One
# that waits in open() cannot be cancelled, and holds its locks and snapshot for good.
set -u
folder=$(mktemp -d /tmp/rowkit-keys.XXXXXX)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/fifo"
mkdir "$folder/directory"
ln -s "$folder/fifo" "$folder/link"
ln -s /dev/zero "$folder/zero"
printf '1:%s\n' "$(head -c 32 /dev/urandom | base64)" >"$folder/keys"
chmod 600 "$folder"/fifo "$folder/keys"
[ "$(id -u)" != 0 ] || chown -R -h postgres "$folder"
failed=0
encrypt() { # file
    timeout -k 1 5 psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=sqlstate -c "SET statement_timeout = '2s'" -c "SET rowkit.secret_key_file = '$1'" \
        -c "SELECT rowkit.encrypt_secret('ct.records', 'row'::text, 'data', 'tenant'::text, 'x')" 2>&1
}
case $(encrypt "$folder/keys") in
    rks1:*) ;;
    *) echo "ATTACK WENT WRONG: not even a good file works: $(encrypt "$folder/keys")"; failed=1 ;;
esac
for file in fifo link zero directory nothing; do
    answer=$(encrypt "$folder/$file")
    status=$?
    if [ $status -ge 124 ]; then
        echo "ATTACK SUCCEEDED: the session hangs on $file"; failed=1
        # Nobody but a writer wakes it up.
        timeout 2 sh -c "echo >'$folder/fifo'"
    elif [ $status = 0 ] || grep -qE 'XX000|57014' <<<"$answer"; then
        echo "ATTACK SUCCEEDED: $file is taken for a key file: $answer"; failed=1
    fi
done
exit $failed
