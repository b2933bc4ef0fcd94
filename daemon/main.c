/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the service's command line. */
int main(void)
{
	return 0;
}
