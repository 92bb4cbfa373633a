# After client.py of seed 004, a time server of 2018: port 9999 of the host's own name, one recv of 1024.
import socket

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
host = socket.gethostname()
port = 9999
s.connect((host, port))
tm = s.recv(1024)
s.close()
print("Time got from the server is %s" % tm.decode('ascii'))
