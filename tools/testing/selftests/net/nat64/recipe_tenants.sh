#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Documentation/recipes/tenants.rst

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=lib_recipe.sh
. "$here/lib_recipe.sh"

start curl nft
setup_lab wan
for tenant in a b; do
	ip -n "$client" addr add "2001:db8:$tenant::1/128" dev eth0 nodad
	ip -n "$router" route add "2001:db8:$tenant::/48" via 2001:db8:1::8
done
ip -n "$client" route change default via 2001:db8:1::1 src 2001:db8:1::8
ip -n "$server" route add 203.0.113.0/24 via 192.0.2.1

# A web server that tells its clients who they are.
cat > "$tmp/web.py" <<-'END'
	import http.server
	class Handler(http.server.BaseHTTPRequestHandler):
	    def do_GET(self):
	        self.send_response(200)
	        self.end_headers()
	        self.wfile.write(f"Hello {self.client_address[0]}\n".encode())
	http.server.HTTPServer(("198.51.100.80", 80), Handler).serve_forever()
END
bg_as server python3 "$tmp/web.py"
wait_for 20 listens server 198.51.100.80:80 || die "no web server: $(output "$bg")"
recipe recipes/tenants.rst

rmdir "$instance/pool4/192.0.2.1"
snapshot
check_not "without an entry for all others they are refused" \
	as client curl -s -m 5 'http://[64:ff9b::198.51.100.80]/'
check "which is counted" [ "$(delta drop_no_pool4)" -gt 0 ]
