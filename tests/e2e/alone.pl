# perl alone.pl DB COMMAND…: runs the command while this process holds the database as losslab did up to schema 5, when one process
# ran a study alone: by a lock that others meet and whose length says whose it is. Prints its process id first.
use strict;
use warnings;
my ($path, @command) = @ARGV;
open my $file, '+<', $path or die "$path: $!\n";
fcntl($file, 37, pack('s s x4 q q i x4', 1, 0, 1 << 62, $$ + 1, 0)) or die "$path: the lock: $!\n"; # F_OFD_SETLK, F_WRLCK
$| = 1;
print "$$\n";
exit(system(@command) >> 8);
