# A dialogue in which each end takes its time: "thinks.py server", "thinks.py client".
import socket, sys, time

if sys.argv[1] == "server":
    listener = socket.socket()
    listener.bind(("127.0.0.1", 8080))
    listener.listen(1)
    conn, _ = listener.accept()
    for pause in (0.4, 0.2):
        conn.recv(100)
        time.sleep(pause)
        conn.sendall(b"answer\n")
    conn.recv(100)
else:
    conn = socket.create_connection(("127.0.0.1", 8080))
    for pause in (0.9, 0.3):
        time.sleep(pause)
        conn.sendall(b"request\n")
        conn.recv(100)
conn.close()
