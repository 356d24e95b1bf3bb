#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# recipe_forward_policies.sh for Docker and ufw.

# shellcheck disable=SC2034	# for that
xtables=1
# shellcheck source-path=SCRIPTDIR source=recipe_forward_policies.sh
. "$(dirname "$0")/recipe_forward_policies.sh"
