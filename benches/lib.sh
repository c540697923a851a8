# What the benches share. Each figure is a median of five runs, the two sides in turn. A bench whose bar is missed fails when all of its
# figures are told.
missed=0

holds() { # figure, which may be a term as 3 / 4; comparison; limit
    awk "BEGIN { exit !(($1) $2 $3) }" || { echo "    missed: $1 is not $2 $3"; missed=1; }
}

restart() { # fsync: 'on' makes commits durable, as in production
    as_server "$ROWKIT_BIN/pg_ctl" -D "$PGHOST/data" -m fast -w stop >/dev/null
    ROWKIT_FSYNC=$1 start_server
}

verdict() { exit "$missed"; }

milliseconds() { # SQL -> execution time of its second run in a session, when libraries and plans are loaded
    psql -XAt -c '\timing on' -c 'SET client_min_messages = error' -c "$1" -c "$1" 2>/dev/null | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1
}

median() { sort -n | sed -n 3p; }

tell() { # label, bar, milliseconds of the other way and of rowkit's
    awk -v label="$1" -v bar="$2" -v other="$3" -v our="$4" 'BEGIN {
        printf "%-46s other %9.1f ms   rowkit %9.1f ms   other/rowkit %6.2f   rowkit/other %5.2f   bar: %s\n", label, other, our, other / our, our / other, bar }'
    case $2 in
        other/rowkit*) holds "$3 / $4" ${2#* } ;;
        rowkit/other*) holds "$4 / $3" ${2#* } ;;
        -) ;;
        *) echo "no such bar: $2"; exit 1 ;;
    esac
}

compare() { # label, bar, SQL of the other way, SQL of rowkit's, reset
    local others=() ours=() n
    for n in 1 2 3 4 5; do
        others+=("$(milliseconds "$3")"); [ -z "${5:-}" ] || psql -Xq -c "$5"
        ours+=("$(milliseconds "$4")"); [ -z "${5:-}" ] || psql -Xq -c "$5"
    done
    tell "$1" "$2" "$(printf '%s\n' "${others[@]}" | median)" "$(printf '%s\n' "${ours[@]}" | median)"
}

pair() { # label, bar, the other table, rowkit's: filling each from source
    local others=() ours=() n
    filling() { psql -XAt -c "TRUNCATE $1" -c "$(fill "$1") LIMIT 1" -c '\timing on' -c "$(fill "$1")" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p' | tail -n 1; }
    for n in 1 2 3 4 5; do others+=("$(filling "$3")"); ours+=("$(filling "$4")"); done
    tell "$1" "$2" "$(printf '%s\n' "${others[@]}" | median)" "$(printf '%s\n' "${ours[@]}" | median)"
}
