/* main: the entry point. */
#include <stdio.h>

int main(void)
{
    puts("poda 0.1.0");
    return 0;
}
